# Two images of one source. `docker build .` makes the app with what production needs; `--target demo-vendor` Acme Ads,
# whose authorization server (oidc-provider) is in no other. The app is bundled (dist/); Acme runs from its TypeScript.
FROM node:26-slim AS source
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY docs/OUTCOMES.md docs/
COPY public public
COPY views views
COPY src src

FROM source AS bundle
COPY scripts/build.ts scripts/
RUN npm ci && npm run build

# Beside the bundle: what is loaded by its name (Pug), and what scanners and licences look for.
FROM source AS app-modules
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM source AS demo-modules
RUN npm ci --omit=dev && npm cache clean --force

FROM node:26-slim AS base
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
# The one place that is written to; a new volume takes its owner from here. 1000 is the image's user "node".
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
# Node itself, not npm: npm would not pass SIGTERM on.
ENTRYPOINT ["node"]

FROM base AS demo-vendor
COPY --from=demo-modules /app /app
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.DEMO_VENDOR_PORT || 4000) + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["src/demo-vendor/main.ts"]

FROM base AS app
COPY --from=app-modules /app /app
COPY --from=bundle /app/dist dist
# What Node compiles is kept here for the start, which then takes half the time.
RUN install -d -o 1000 -g 1000 node_modules/.cache
USER 1000:1000
RUN DATA_DIR=/tmp/data node dist/server.js --check-config
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["dist/server.js"]
