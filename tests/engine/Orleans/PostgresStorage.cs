namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A database of its own; disposing it drops it.</summary>
internal sealed class PostgresStorage : EngineStorage
{
    private readonly OrleansServer _server;
    private readonly Place _place;

    private PostgresStorage(OrleansServer server, Place place) => (_server, _place) = (server, place);

    public override string Location => _place.ToString();

    public static new async Task<PostgresStorage> CreateAsync()
    {
        if (OrleansServer.WhyNot() is { } reason) Assert.Skip(reason);
        var server = await OrleansServer.SharedAsync();
        return new PostgresStorage(server, new Place(Place.FreePort(), server.MasterKeyFile, await server.CreateDatabaseAsync()));
    }

    public override async ValueTask DisposeAsync() => await _server.DropDatabaseAsync(_place.Connection);
}
