using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using JamEmr.Api.Http;

namespace JamEmr.Tests.Api;

/// <summary>What is sent to sign in is taken whole before anybody waits for it.</summary>
public sealed class SignInBodyTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_more_than_a_sign_in_can_be_When_sent_Then_413_with_and_without_its_length_told()
    {
        foreach (var isChunked in new[] { false, true })
        {
            using var nobody = server.Nobody();
            using var content = new StringContent("{\"password\":\"" + new string('z', SignInBodyMiddleware.MaxBytes) + "\"}", Encoding.UTF8, "application/json");
            using HttpContent sent = isChunked ? new Chunked(content) : content;
            var answer = await nobody.SendAsync(HttpMethod.Post, "/v1/sessions", content: sent);
            Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (answer.Status, answer.Code));
        }
    }

    [Fact]
    public async Task Given_more_slow_bodies_than_permits_and_places_When_somebody_signs_in_Then_they_are_served_and_the_slow_end_with_408()
    {
        var slow = new List<SslStream>();
        try
        {
            // The queue holds 32, and there are at most as many permits as cores.
            for (var i = 0; i < 33 + Environment.ProcessorCount; i++) slow.Add(await BeginAsync());
            using (await server.SignInAsync("first", "frontdesk")) { }
            await server.PassAsync(SignInBodyMiddleware.Within);
            Assert.StartsWith("HTTP/1.1 408 ", await ReadLineAsync(slow[0]), StringComparison.Ordinal);
        }
        finally
        {
            foreach (var stream in slow) await stream.DisposeAsync();
        }
    }

    // The server asks for the rest once it begins to read the body.
    private async Task<SslStream> BeginAsync()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Address.Host, server.Address.Port, Ending);
        var stream = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, ApiServer.TrustLoopbackOnly);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Ending);
        await stream.WriteAsync(
            "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n"u8.ToArray(), Ending);
        Assert.StartsWith("HTTP/1.1 100 ", await ReadLineAsync(stream), StringComparison.Ordinal);
        Assert.Equal("", await ReadLineAsync(stream));
        return stream;
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, Ending) == 1 && one[0] != '\n') line.Append((char)one[0]);
        return line.ToString().TrimEnd('\r');
    }

    private sealed class Chunked : HttpContent
    {
        private readonly HttpContent _content;

        public Chunked(HttpContent content)
        {
            _content = content;
            Headers.ContentType = content.Headers.ContentType;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _content.CopyToAsync(stream, Ending);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
