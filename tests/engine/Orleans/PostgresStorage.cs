using JamEmr.Tests.Support;
using JamEmr.Tests.Support.Cluster;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A database of its own; disposing it drops it.</summary>
internal sealed class PostgresStorage : EngineStorage
{
    private readonly ClusterDatabase _database;
    private readonly Place _place;

    private PostgresStorage(ClusterDatabase database) =>
        (_database, _place) = (database, new Place(LoopbackPorts.Next(), database.MasterKeyFile, database.Connection));

    public override string Location => _place.ToString();

    public static new async Task<PostgresStorage> CreateAsync()
    {
        if (ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
        return new PostgresStorage(await ClusterDatabase.CreateAsync());
    }

    public override ValueTask DisposeAsync() => _database.DisposeAsync();
}
