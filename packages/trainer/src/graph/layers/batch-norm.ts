import type { BatchNormLayer } from '@dilated-unet/core';
import { add, multiply, subtract } from '../arithmetic.ts';
import { attribute, FLOAT, NHWC, output, type Attribute } from '../builder.ts';
import { only, type LayerRule } from './rule.ts';

/**
 * Batch normalisation over n, y, x (Ioffe & Szegedy 2015), per channel c:
 *
 *     y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *
 * In training, mean and (biased) variance are those of the batch, and the moving statistics become
 * momentum * old + (1 - momentum) * batch, as in Keras; else the moving statistics are used. With m = n y x values per
 * channel, s = 1 / sqrt(variance + epsilon) and z = (x - mean) s:
 *
 *     dbeta = sum dy        dgamma = sum dy z        dx = gamma s (dy - dbeta / m - z dgamma / m)
 *
 * x, y: n, y, x, c; gamma, beta, statistics: c. TensorFlow: FusedBatchNormV3, FusedBatchNormGradV3.
 */
export const batchNorm: LayerRule<BatchNormLayer> = {
  inference(layer, inputs, context) {
    const { graph } = context;
    const statistics = ['gamma', 'beta', 'moving_mean', 'moving_variance'] as const;
    return graph.add(
      'FusedBatchNormV3',
      layer.name,
      [only(inputs), ...statistics.map((role) => context.parameter(role))],
      normAttributes(layer, false),
    );
  },

  training(layer, inputs, context) {
    const { graph, inputShapes } = context;
    const x = only(inputs);
    const gamma = context.parameter('gamma');
    const none = graph.constant(`${layer.name}/none`, { shape: [0], data: new Float32Array(0) });
    const y = graph.add(
      'FusedBatchNormV3',
      layer.name,
      [x, gamma, context.parameter('beta'), none, none],
      normAttributes(layer, true),
    );
    const shape = only(inputShapes);
    const [n, height, width, channels] = shape;
    if (context.calibrationShare === undefined) graph.note(y, shape, { kind: 'batch-norm', layer: layer.name });
    const count = n * height * width;
    // FusedBatchNormV3 reports the sample variance, n / (n - 1) times the one that Keras keeps.
    const biased = multiply(
      graph,
      `${layer.name}/batch_variance`,
      output(y, 2),
      graph.scalar(count > 1 ? (count - 1) / count : 1),
    );
    const share = context.calibrationShare ?? graph.scalar(1 - layer.momentum);
    const kept =
      context.calibrationShare === undefined
        ? graph.scalar(layer.momentum)
        : subtract(graph, `${layer.name}/kept_share`, graph.scalar(1), share);
    const moved = (role: 'moving_mean' | 'moving_variance', batch: string) =>
      add(
        graph,
        `${layer.name}/${role}_update`,
        multiply(graph, `${layer.name}/${role}_kept`, context.parameter(role), kept),
        multiply(graph, `${layer.name}/${role}_new`, batch, share),
      );
    return {
      output: y,
      updates: new Map([
        ['moving_mean', moved('moving_mean', output(y, 1))],
        ['moving_variance', moved('moving_variance', biased)],
      ]),
      gradients(dy) {
        const dx = graph.add(
          'FusedBatchNormGradV3',
          `${layer.name}/gradient`,
          [dy, x, gamma, output(y, 3), output(y, 4), output(y, 5)],
          {
            T: FLOAT,
            U: FLOAT,
            data_format: NHWC,
            epsilon: attribute.float(layer.epsilon),
            is_training: attribute.bool(true),
          },
        );
        graph.note(dx, shape, { kind: 'batch-norm-gradient', layer: layer.name });
        const byParameter = (role: 'gamma' | 'beta', k: number) => {
          const gradient = graph.add('Identity', `${layer.name}/${role}_gradient`, [output(dx, k)], { T: FLOAT });
          return [
            role,
            graph.note(gradient, [channels], { kind: 'batch-norm-parameter-gradient', layer: layer.name }),
          ] as const;
        };
        return { inputs: [dx], parameters: new Map([byParameter('gamma', 1), byParameter('beta', 2)]) };
      },
    };
  },
};

function normAttributes(layer: BatchNormLayer, training: boolean): Record<string, Attribute> {
  return {
    T: FLOAT,
    U: FLOAT,
    data_format: NHWC,
    epsilon: attribute.float(layer.epsilon),
    exponential_avg_factor: attribute.float(1),
    is_training: attribute.bool(training),
  };
}
