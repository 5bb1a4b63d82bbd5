extern alias silo;

using System.Net;
using System.Net.Sockets;
using JamEmr.Tests.Support.Cluster;
using Microsoft.Extensions.Logging;
using silo::JamEmr.Silo;

namespace JamEmr.Tests.Grains.Hosting;

/// <summary>Whoever asks how a silo is gets an answer.</summary>
public sealed class HealthServerTests
{
    [Fact]
    public async Task Given_as_many_connections_as_there_can_be_that_say_nothing_When_they_were_silent_for_long_Then_they_are_closed_and_others_are_answered()
    {
        var ct = TestContext.Current.CancellationToken;
        var address = new Address();
        await using var server = new HealthServer(new HealthOptions { Address = IPAddress.Loopback.ToString(), Port = LoopbackPorts.Next() }, null!, address);
        await server.StartAsync(ct);
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 64; i++)
            {
                silent.Add(new TcpClient());
                await silent[^1].ConnectAsync(IPAddress.Loopback, address.Url!.Port, ct);
            }

            // Kestrel's own limit is two minutes.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            foreach (var one in silent) Assert.Equal(0, await one.GetStream().ReadAsync(new byte[1], limit.Token));
            using var client = new HttpClient();
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(address.Url!, "/health/live"), ct)).StatusCode);
        }
        finally
        {
            silent.ForEach(one => one.Dispose());
            await server.StopAsync(ct);
        }
    }

    private sealed class Address : ILogger<HealthServer>
    {
        public Uri? Url { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> values && values.FirstOrDefault(value => value.Key == "Address").Value is string url) Url = new Uri(url);
        }
    }
}
