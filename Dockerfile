# dilated-unet-segment alone, for the jobs of docs/cluster.md: docker build --tag dilated-unet-segment:0.1.0 .
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci
RUN npx nx run runtime-node:build
# What it needs to run, by the same lock file.
RUN rm -rf node_modules && npm ci --omit=dev --workspace=packages/runtime-node --workspace=models
RUN rm -rf node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/models models
COPY --from=build /app/packages/core packages/core
COPY --from=build /app/packages/host packages/host
COPY --from=build /app/packages/model-package packages/model-package
COPY --from=build /app/packages/stacks packages/stacks
COPY --from=build /app/packages/runtime-node packages/runtime-node
# The user of the base image with the number 1000, as deploy/segment-job.yaml names it.
USER node
WORKDIR /data
ENTRYPOINT ["node", "/app/packages/runtime-node/dist/cli.js"]
