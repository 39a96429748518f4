# syntax=docker/dockerfile:1.7
# A small image of the Portable profile:     docker build -t microchat .
# The Full profile with CUDA for Linux:      docker build -t microchat:cuda --build-arg PROFILE=full --build-arg TORCH=cuda-linux .
ARG PROFILE=portable

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0.401-noble AS build
ARG PROFILE
ARG TORCH=cpu
ARG TARGETARCH
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish src/MicroChat -c Release -a $TARGETARCH --no-self-contained -p:Profile=$PROFILE -p:Torch=$TORCH -p:UseAppHost=false -o /out/app \
    && mkdir -p /out/data \
    && mv /out/app/models /out/data/models

# No shell and no package manager.
FROM mcr.microsoft.com/dotnet/aspnet:10.0.12-noble-chiseled AS runtime-portable

# What the driver's tools expect of a system is in it; the driver itself comes from the machine below.
FROM mcr.microsoft.com/dotnet/aspnet:10.0.12-noble AS runtime-full
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM runtime-${PROFILE} AS final
# Everything that is written lies in /data: feedback, keys, training runs, and the model with its later generations.
ENV XDG_DATA_HOME=/data \
    MICROCHAT_Model__Folder=/data/models \
    MICROCHAT_Page__RunsFolder=/data/runs \
    MICROCHAT_Server__Address=0.0.0.0 \
    DOTNET_EnableDiagnostics=0
WORKDIR /app
COPY --from=build /out/app ./
COPY --from=build --chown=1654:1654 /out/data /data
USER 1654:1654
VOLUME /data
EXPOSE 8484
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["dotnet", "MicroChat.dll", "health"]
ENTRYPOINT ["dotnet", "MicroChat.dll"]
CMD ["serve"]
