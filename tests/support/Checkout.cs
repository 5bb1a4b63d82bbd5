namespace JamEmr.Tests.Support;

/// <summary>The files of the project that these tests were built from.</summary>
public static class Checkout
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "JamEmr.sln"))) return at.FullName;
        }

        throw new InvalidOperationException($"There is no JamEmr.sln above {AppContext.BaseDirectory}.");
    }
}
