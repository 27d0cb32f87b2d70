# Campaign Sync, and with another command the demo vendor. There is no build step: Node runs the TypeScript.
FROM node:26-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data

COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY public public
COPY views views
COPY src src
COPY docs/OUTCOMES.md docs/

# The one place that is written to; a new volume takes its owner from here. 1000 is the image's user "node".
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data

# What Node compiles is kept here for the start, which then takes half the time.
RUN install -d -o 1000 -g 1000 node_modules/.cache
USER 1000:1000
RUN DATA_DIR=/tmp/data node src/server.ts --check-config

EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm: npm would not pass SIGTERM on.
CMD ["node", "src/server.ts"]
