import ij.ImagePlus;
import ij.io.Opener;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;

/** Reads each file of a folder as ImageJ opens it, and prints the digests of its slices, channel 1 and frame 1. */
public class ImageJ {
  public static void main(String[] args) throws Exception {
    File[] files = new File(args[0]).listFiles((folder, name) -> name.endsWith(".tif"));
    Arrays.sort(files);
    for (File file : files) {
      StringBuilder planes = new StringBuilder();
      String error = "";
      try {
        ImagePlus image = new Opener().openImage(file.getPath());
        if (image == null) throw new Exception("not opened");
        for (int z = 1; z <= image.getNSlices(); z++) {
          ImageProcessor slice = image.getStack().getProcessor(image.getStackIndex(1, z, 1));
          if (slice instanceof ColorProcessor) slice = ((ColorProcessor) slice).getChannel(1, null);
          ByteBuffer bytes = ByteBuffer.allocate(4 * slice.getPixelCount()).order(ByteOrder.LITTLE_ENDIAN);
          boolean signed = image.getCalibration().isSigned16Bit();
          for (int i = 0; i < slice.getPixelCount(); i++) bytes.putFloat(signed ? slice.get(i) - 32768 : slice.getf(i));
          byte[] hash = MessageDigest.getInstance("SHA-1").digest(bytes.array());
          if (planes.length() > 0) planes.append(',');
          planes.append('"');
          for (byte one : hash) planes.append(String.format("%02x", one));
          planes.append('"');
        }
      } catch (Throwable caught) {
        error = String.valueOf(caught.getMessage());
      }
      String answer = error.isEmpty() ? "\"planes\":[" + planes + "]" : "\"error\":\"" + error.replaceAll("[\"\\\\\n]", " ") + "\"";
      System.out.println("{\"name\":\"" + file.getName() + "\"," + answer + "}");
    }
    System.exit(0);
  }
}
