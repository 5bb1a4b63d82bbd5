using JamEmr.Engine.Clustering;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>The schema of a cluster's database: Orleans' own scripts, in the order they need, then ours.</summary>
internal static class OrleansSchema
{
    // The last of clustering is a migration that a new database needs too.
    private static readonly string[] Theirs =
    [
        "PostgreSQL-Main.sql", "PostgreSQL-Clustering.sql", "PostgreSQL-Clustering-3.7.0.sql", "PostgreSQL-Persistence.sql",
        "PostgreSQL-Reminders.sql", "PostgreSQL-GrainDirectory.sql", "PostgreSQL-Streaming.sql",
    ];

    /// <summary>The scripts' texts.</summary>
    public static IEnumerable<string> Scripts(string folder)
    {
        foreach (var name in Theirs)
            yield return File.ReadAllText(Directory.EnumerateFiles(folder, name, SearchOption.AllDirectories).FirstOrDefault()
                ?? throw new FileNotFoundException($"There is no {name} under {folder}."));
        var ours = typeof(OrleansEngine).Assembly;
        foreach (var name in ours.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var script = new StreamReader(ours.GetManifestResourceStream(name)!);
            yield return script.ReadToEnd();
        }
    }
}
