import ij.ImagePlus;
import ij.io.Opener;
import ij.measure.Calibration;
import ij.process.ImageProcessor;
import java.io.File;
import java.util.Arrays;

/** Opens each TIFF of a folder as ImageJ does, and prints a row of Markdown: its size, its values and its scale. */
public class ImageJScale {
  public static void main(String[] args) {
    File[] files = new File(args[0]).listFiles((folder, name) -> name.endsWith(".tif"));
    Arrays.sort(files);
    for (File file : files) {
      ImagePlus image = new Opener().openImage(file.getPath());
      if (image == null) {
        System.out.println("| " + file.getName() + " | not opened | | |");
        continue;
      }
      Calibration scale = image.getCalibration();
      ImageProcessor last = image.getStack().getProcessor(image.getStackSize());
      System.out.printf(
          "| %s | %d x %d, %d channel, %d slices, %d frame | %d bits, last pixel %s | %s x %s x %s %s |%n",
          file.getName().replace(".tif", ""), image.getWidth(), image.getHeight(), image.getNChannels(), image.getNSlices(),
          image.getNFrames(), image.getBitDepth(), last.getf(last.getPixelCount() - 1), scale.pixelWidth, scale.pixelHeight,
          scale.pixelDepth, scale.getUnit());
    }
    System.exit(0);
  }
}
