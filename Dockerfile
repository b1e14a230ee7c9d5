# The CPU environment and the project, for `docker run --rm -it polyglot make demo`. On clusters: envs/gpu.def.
FROM python:3.11-slim-bookworm
# gcc: Triton and the CPU engine compile small programs; make: the two commands
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ libc6-dev git make && rm -rf /var/lib/apt/lists/*
WORKDIR /polyglot
COPY Makefile ./
COPY envs envs
RUN PIP_NO_CACHE_DIR=1 make env
COPY . .
CMD ["make", "demo"]
