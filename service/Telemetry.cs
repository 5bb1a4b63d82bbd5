using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace JamEmr.Service;

/// <summary>OpenTelemetry for the life of a process: ASP.NET Core's, Npgsql's, the engine's and our own sources. Sends only where an OTLP endpoint
/// is set.</summary>
public sealed class Telemetry : IDisposable
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "Npgsql", "JamEmr.*", "Microsoft.Orleans.*"];

    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics", "System.Runtime",
        "Npgsql", "JamEmr.*", "Microsoft.Orleans",
    ];

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    /// <summary>Starts exporting, or does nothing where no endpoint is set.</summary>
    /// <param name="service">What the process is called in what it sends, such as <c>jamemr-api</c>.</param>
    /// <param name="otlp">Where it sends traces and metrics (OTLP).</param>
    public Telemetry(string service, Uri? otlp)
    {
        if (otlp is null) return;
        var resource = ResourceBuilder.CreateDefault().AddService(service, autoGenerateServiceInstanceId: true);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(o => o.Endpoint = otlp).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(o => o.Endpoint = otlp).Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
