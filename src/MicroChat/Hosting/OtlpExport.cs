using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MicroChat.Hosting;

/// <summary>Sends metrics and traces to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; the exporter reads its other variables itself.</summary>
internal sealed class OtlpExport : IHostedService, IDisposable
{
    /// <summary>The variable that turns the export on.</summary>
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Requests = "Microsoft.AspNetCore";

    private MeterProvider? metrics;
    private TracerProvider? traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(CommandLine.Name))
            .AddMeter(ChatMetrics.SourceName, Requests + ".Hosting", "System.Runtime")
            .AddOtlpExporter()
            .Build();
        traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(CommandLine.Name))
            .AddSource(ChatMetrics.SourceName, Requests)
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();          // sends what is left
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        metrics?.Dispose();
        traces?.Dispose();
        (metrics, traces) = (null, null);
    }
}
