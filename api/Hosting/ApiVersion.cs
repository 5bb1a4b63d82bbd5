using System.Reflection;

namespace JamEmr.Api.Hosting;

/// <summary>Which build runs.</summary>
internal static class ApiVersion
{
    /// <summary>The version with its source revision where the build knows it.</summary>
    public static string Current { get; } =
        typeof(ApiVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
