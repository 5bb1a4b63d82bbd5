using System.Diagnostics;
using System.Text;
using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;

namespace JamEmr.Tests.Cluster.Upgrade;

/// <summary>The silo as a next release might be: this one's sources with the edits of <c>NextRelease/*.sed</c>, built beside it.</summary>
internal static class NextRelease
{
    private static readonly string[] Edited = ["JamEmr.GrainInterfaces", "JamEmr.Grains"];

    /// <summary>Builds it and answers where it is.</summary>
    /// <param name="now">The programs of this release.</param>
    public static async Task<ClusterPrograms> BuildAsync(ClusterPrograms now, CancellationToken ct)
    {
        var configuration = new FileInfo(now.Silo).Directory!.Name;
        var edits = Path.Combine(Checkout.Root, "tests", "cluster", "Upgrade", "NextRelease");
        await DotnetAsync(
            ct,
            "build",
            Path.Combine(Checkout.Root, "grains", "JamEmr.Grains.csproj"),
            "--configuration",
            configuration,
            "--nodeReuse:false",
            "--property:Engine=Orleans",
            "--property:NuGetAudit=false",
            $"--property:CustomBeforeDirectoryBuildProps={edits}.props",
            $"--property:CustomAfterMicrosoftCommonTargets={edits}.targets");

        // The rest of the program is this release's: what was added is all that differs.
        var next = Path.Combine(Checkout.Root, "artifacts", "Orleans", "next");
        var silo = Path.Combine(next, "silo", configuration);
        if (Directory.Exists(silo)) Directory.Delete(silo, recursive: true);
        Copy(new FileInfo(now.Silo).Directory!, silo);
        foreach (var name in Edited) File.Copy(Path.Combine(next, "bin", "JamEmr.Grains", configuration, $"{name}.dll"), Path.Combine(silo, $"{name}.dll"), overwrite: true);
        return now with { Silo = Path.Combine(silo, Path.GetFileName(now.Silo)) };
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in from.GetFiles()) file.CopyTo(Path.Combine(to, file.Name));
        foreach (var folder in from.GetDirectories()) Copy(folder, Path.Combine(to, folder.Name));
    }

    private static async Task DotnetAsync(CancellationToken ct, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        // The build that runs this test is not that build's business.
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(variable);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var said = new StringBuilder();
        try
        {
            await Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0) throw new InvalidOperationException($"The next release could not be built; if sources have moved on, mend NextRelease/*.sed:{Environment.NewLine}{said}");

        async Task ReadAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                lock (said) said.AppendLine(line);
            }
        }
    }
}
