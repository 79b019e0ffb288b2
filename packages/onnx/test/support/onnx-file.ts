import { ModelMessage } from '../../src/schema.ts';

/** The file of `model`, a ModelProto in JSON, its fields in camel case; what it leaves out stays unset. */
export function onnxFile(model: object): Uint8Array {
  return ModelMessage.encode(ModelMessage.fromObject(model)).finish();
}
