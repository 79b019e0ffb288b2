import { trainingEnvironment } from '@dilated-unet/trainer';

/** The interpreters that the peers run under. */
export interface Pythons {
  /** With TensorFlow and Keras. */
  readonly keras: string;
  /** With PyTorch. */
  readonly torch: string;
}

/** Variables of `trainingEnvironment` that are ours to decide; a peer as it comes runs without them. */
const OURS = Object.keys(trainingEnvironment());

/** The environment of a peer: ours without what is ours to decide. */
export function asItComes(): NodeJS.ProcessEnv {
  // oneDNN is TensorFlow's to switch on, but where it leaves it off Keras cannot train dilated convolutions at all.
  const rest = Object.entries(process.env).filter(([name]) => !OURS.includes(name));
  return { ...Object.fromEntries(rest), TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };
}
