namespace JamEmr.Tests.Support.Cluster;

/// <summary>The built programs of a cluster.</summary>
/// <param name="Silo">JamEmr.Silo.dll.</param>
/// <param name="Api">JamEmr.Api.dll, a client of the cluster.</param>
/// <param name="Cli">jamemr.dll, the operator's command line.</param>
public sealed record ClusterPrograms(string Silo, string Api, string Cli)
{
    /// <summary>Those built with the same engine and configuration as this program.</summary>
    /// <exception cref="FileNotFoundException">They were not; the message says what to build.</exception>
    public static ClusterPrograms Find()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return new ClusterPrograms(Find("JamEmr.Silo"), Find("JamEmr.Api"), Find("JamEmr.Cli", "jamemr"));

        string Find(string project, string? assembly = null)
        {
            var path = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"{assembly ?? project}.dll");
            return File.Exists(path) ? path : throw new FileNotFoundException($"There is no {path}: build silo, api and cli with -p:Engine=Orleans and configuration {own.Name}.");
        }
    }
}
