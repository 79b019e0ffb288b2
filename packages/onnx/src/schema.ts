import { InvalidModelError } from '@dilated-unet/core';
import protobuf from 'protobufjs';

/** ONNX's messages, without what only training and sequences have (https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto). */
const PROTO = `
syntax = "proto2";
package onnx;

message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional TensorProto t = 5;
  optional GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated TensorProto tensors = 10;
  repeated GraphProto graphs = 11;
  optional string doc_string = 13;
  optional int32 type = 20;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
  optional string doc_string = 6;
  optional string domain = 7;
}
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message TensorProto {
  repeated int64 dims = 1 [packed = false];
  optional int32 data_type = 2;
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6;
  repeated int64 int64_data = 7 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true];
  optional string doc_string = 12;
  repeated StringStringEntryProto external_data = 13;
  optional int32 data_location = 14;
}
message TensorShapeProto {
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } optional string denotation = 3; }
  repeated Dimension dim = 1;
}
message TypeProto {
  message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  optional Tensor tensor_type = 1;
  optional string denotation = 6;
}
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; optional string doc_string = 3; }
message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  optional string doc_string = 10;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated ValueInfoProto value_info = 13;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message ModelProto {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional string domain = 4;
  optional int64 model_version = 5;
  optional string doc_string = 6;
  optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
}
`;

const { root } = protobuf.parse(PROTO);

export const ModelMessage = root.lookupType('onnx.ModelProto');
export const TensorMessage = root.lookupType('onnx.TensorProto');

/** What `toModel` gives: unset lists are empty, other unset fields absent, 64-bit integers numbers. */
export interface ModelProto {
  readonly graph?: GraphProto;
  readonly opsetImport: readonly { readonly domain?: string; readonly version?: number }[];
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute: readonly AttributeProto[];
  readonly domain?: string;
}

export interface AttributeProto {
  readonly name?: string;
  /** 2: an integer, in `i`. */
  readonly type?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly ints: readonly number[];
  readonly graphs: readonly GraphProto[];
}

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly name?: string;
  /** Values, little-endian. */
  readonly rawData?: Uint8Array;
  readonly externalData: readonly unknown[];
  /** 1: the values lie in another file. */
  readonly dataLocation?: number;
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
    };
  };
}

/** `bytes`, an ONNX file, as plain objects. @throws whatever protobufjs throws where it is none. */
export function toModel(bytes: Uint8Array): ModelProto {
  return ModelMessage.toObject(ModelMessage.decode(bytes), { longs: Number, arrays: true }) as ModelProto;
}

/** The file of `model`, which `toModel` gave or what was made of it. */
export function fromModel(model: ModelProto): Uint8Array {
  return ModelMessage.encode(ModelMessage.fromObject(model)).finish();
}

/** The values of a float32 tensor. @throws InvalidModelError when they are not stored as bytes, as tf2onnx stores them. */
export function float32({ name, rawData }: Pick<TensorProto, 'name' | 'rawData'>): Float32Array {
  if (rawData === undefined || rawData.length === 0) {
    throw new InvalidModelError(`The constant ${name} is not stored as raw bytes.`);
  }
  return new Float32Array(Uint8Array.from(rawData).buffer);
}
