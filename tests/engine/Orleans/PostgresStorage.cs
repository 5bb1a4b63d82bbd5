namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A database of its own; disposing it drops it.</summary>
internal sealed class PostgresStorage : EngineStorage
{
    private readonly PostgresServer _server;
    private readonly Place _place;

    private PostgresStorage(PostgresServer server, Place place) => (_server, _place) = (server, place);

    public override string Location => _place.ToString();

    public static new async Task<PostgresStorage> CreateAsync()
    {
        if (PostgresServer.WhyNot() is { } reason) Assert.Skip(reason);
        var server = await PostgresServer.SharedAsync();
        return new PostgresStorage(server, new Place(Place.FreePort(), server.MasterKeyFile, await server.CreateDatabaseAsync()));
    }

    public override async ValueTask DisposeAsync() => await _server.DropDatabaseAsync(_place.Connection);
}
