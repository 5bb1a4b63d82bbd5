namespace JamEmr.Tests.Unit.Scribe;

/// <summary>Real conversations, where a folder shared/data stands beside the project; tests on them are skipped elsewhere.</summary>
internal static class SharedData
{
    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", name);
            if (Directory.Exists(path))
                return path;
        }

        Assert.Skip($"There is no folder shared/data/{name} beside the project: this test needs its real conversations.");
        return "";
    }
}
