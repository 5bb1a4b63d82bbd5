using System.Reflection;
using JamEmr.Engine.Runtime;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Engine.Hosting;

/// <summary>What AddEmbeddedEngine was told: where the grain classes are, and which services there are for them.</summary>
internal sealed class GrainAssemblies(IReadOnlyList<Assembly> assemblies, IServiceCollection services)
{
    public IReadOnlyList<Assembly> Assemblies => assemblies;

    /// <summary>Of all services, also those registered later.</summary>
    public ServiceLifetimes Lifetimes => new(services);
}
