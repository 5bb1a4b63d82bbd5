using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using JamEmr.Access;

namespace JamEmr.Tests.Api;

public sealed class TransportTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Given_plain_HTTP_When_spoken_Then_nothing_is_answered()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Address.Host, server.Address.Port, TestContext.Current.CancellationToken);
        var stream = tcp.GetStream();
        await stream.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var buffer = new byte[1024];
        int read;
        try
        {
            read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            read = 0;
        }

        Assert.DoesNotContain("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_read_When_metered_Then_its_record_is_counted_by_event_and_nothing_of_a_person()
    {
        var counted = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listening) =>
            {
                if (instrument is { Meter.Name: "JamEmr.Grains", Name: "jamemr.audit.records" }) listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var tag in tags) counted.Add($"{tag.Key}={tag.Value}:{value}");
        });
        listener.Start();
        await server.As(Role.FrontDesk).SendAsync(HttpMethod.Get, "/v1/practice");
        Assert.Contains("event=practice.read:1", counted);
        Assert.Contains("outcome=Success:1", counted);
        Assert.All(counted, c => Assert.True(c.StartsWith("event=", StringComparison.Ordinal) || c.StartsWith("outcome=", StringComparison.Ordinal), c));
    }
}
