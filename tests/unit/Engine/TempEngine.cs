using System.Diagnostics.Metrics;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Storage.Crypto;
using JamEmr.Engine.Storage.Sqlite;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>A data folder in a folder of its own, which is gone after the test with the master key that lies beside.</summary>
internal sealed class TempEngine : IAsyncDisposable
{
    private readonly Meter _meter = new("test");
    private readonly List<EngineStore> _stores = [];

    /// <summary>What the folder and its key are in.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("jamemr-store-").FullName;

    public string Folder => Path.Combine(Root, "data");

    public string DatabasePath => Path.Combine(Folder, StoreOpening.FileName);

    public string KeyPath => MasterKeySource.BesideFolder(Folder);

    /// <summary>A variable that no machine sets, so that tests do not depend on the environment.</summary>
    public EngineStoreOptions Options => new() { DataFolder = Folder, MasterKeyVariable = "JAMEMR_TEST_NO_KEY" };

    public async Task<EngineStore> OpenAsync(EngineStoreOptions? options = null, TimeProvider? time = null)
    {
        var store = await EngineStore.OpenAsync(options ?? Options, _meter, time ?? TimeProvider.System);
        _stores.Add(store);
        return store;
    }

    /// <summary>Does to the database what someone with access to the file would do. The store must be closed.</summary>
    public void Tamper(string sql)
    {
        using var database = SqliteDatabase.Open(DatabasePath, create: false);
        database.Execute(sql);
        Assert.True(database.Changes > 0, "Nothing was tampered with.");
    }

    /// <summary>A number that the database answers.</summary>
    public long Ask(string sql)
    {
        using var database = SqliteDatabase.Open(DatabasePath, create: false);
        var statement = database.Prepare(sql);
        Assert.True(statement.Step());
        return statement.Integer(0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        _meter.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
