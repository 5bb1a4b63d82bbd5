using System.Globalization;
using JamEmr.Tests.Support;

namespace JamEmr.Tests.Unit.Postgres;

/// <summary>A database without tables; disposing it drops it.</summary>
internal sealed class EmptyDatabase : IAsyncDisposable
{
    private static int _made;

    private readonly PostgresServer _server;
    private readonly string _name;

    private EmptyDatabase(PostgresServer server, string name) => (_server, _name) = (server, name);

    public string Connection => _server.Connection(_name, pooling: false);

    public static async Task<EmptyDatabase> CreateAsync(string options = "")
    {
        if (PostgresServer.WhyNot() is { } reason) Assert.Skip(reason);
        var server = await PostgresServer.SharedAsync();
        var name = string.Create(CultureInfo.InvariantCulture, $"empty_{Interlocked.Increment(ref _made)}");
        await server.ExecuteAsync("postgres", $"CREATE DATABASE {name} {options}");
        return new EmptyDatabase(server, name);
    }

    public Task<int> ExecuteAsync(string sql) => _server.ExecuteAsync(_name, sql);

    public async ValueTask DisposeAsync() => await _server.ExecuteAsync("postgres", $"DROP DATABASE {_name} WITH (FORCE)");
}
