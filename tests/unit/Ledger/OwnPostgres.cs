using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>A server that its tests may stop, starve and break.</summary>
public sealed class OwnPostgres : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server
    {
        get
        {
            if (PostgresServer.WhyNot() is { } reason) Assert.Skip(reason);
            return _server!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.WhyNot() is null) _server = await PostgresServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>A tablespace on a small file system in memory; null where this account may not make one.</summary>
    internal async Task<SmallTablespace?> TryMountAsync(string options)
    {
        var folder = Directory.CreateTempSubdirectory("jamemr-space-").FullName;
        if (SmallDisk.TryMount(folder, options) is not { } disk)
        {
            Directory.Delete(folder);
            return null;
        }

        try
        {
            Assert.True(SmallDisk.Run("chown", $"--reference={Server.Folder}", folder));
            await Server.ExecuteAsync("postgres", $"CREATE TABLESPACE {SmallTablespace.Name} LOCATION '{folder}'");
            return new SmallTablespace(Server, disk, folder);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }
}

/// <summary>Gone when disposed of; nothing may lie in it then.</summary>
internal sealed class SmallTablespace(PostgresServer server, SmallDisk disk, string folder) : IAsyncDisposable
{
    public const string Name = "small";

    public void Grow(string options) => disk.Remount(options);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await server.ExecuteAsync("postgres", $"DROP TABLESPACE {Name}");
        }
        finally
        {
            disk.Dispose();
            Directory.Delete(folder);
        }
    }
}
