namespace JamEmr.Tests.Support;

/// <summary>Real data beside the checkout (a sibling folder <c>shared/data</c>), where there is any; it is never part of the project.</summary>
public static class SharedData
{
    /// <summary>The folder, or null.</summary>
    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return candidate;
        }

        return null;
    }
}
