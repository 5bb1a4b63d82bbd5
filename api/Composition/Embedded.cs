using JamEmr.Api.Hosting;

namespace JamEmr.Api.Composition;

/// <summary>Hosts the grains in this process on the embedded engine. The one file of api that knows grains and engine.</summary>
public static class EngineComposition
{
    /// <summary>Adds engine and grains.</summary>
    public static void Add(WebApplicationBuilder builder, ApiOptions options)
    {
    }

    /// <summary>Whether an exception of the start tells the operator what to do, in one sentence.</summary>
    public static bool IsStartFailure(Exception e) => false;
}
