using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace JamEmr.Bench.Http;

/// <summary>
/// One HTTPS connection that is kept alive and sends one HTTP/1.1 request after the other. It does as little as can be, so that the load costs the
/// machine little beside the server it measures.
/// </summary>
internal sealed class KeepAliveClient : IDisposable
{
    private readonly TcpClient _tcp;
    private readonly SslStream _tls;
    private byte[] _buffer = new byte[16 * 1024];

    private KeepAliveClient(TcpClient tcp, SslStream tls)
    {
        _tcp = tcp;
        _tls = tls;
    }

    /// <summary>Connects and shakes hands. The certificate is one the server has just made on this machine.</summary>
    public static async Task<KeepAliveClient> ConnectAsync(Uri address, CancellationToken ct)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(address.Host, address.Port, ct);
        var tls = new SslStream(tcp.GetStream(), false, static (_, certificate, _, _) => certificate is { Subject: "CN=localhost" });
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, ct);
        return new KeepAliveClient(tcp, tls);
    }

    /// <summary>A request's bytes.</summary>
    public static byte[] Request(string method, string path, string? session, int? version = null, string? body = null)
    {
        var text = new StringBuilder().Append(method).Append(' ').Append(path).Append(" HTTP/1.1\r\nHost: localhost\r\n");
        if (session is not null) text.Append("Authorization: Bearer ").Append(session).Append("\r\n");
        if (version is { } v) text.Append(CultureInfo.InvariantCulture, $"If-Match: \"{v}\"\r\n");
        if (body is not null) text.Append(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes(text.Append("\r\n").Append(body).ToString());
    }

    /// <summary>Sends a request and reads the whole answer; gives its status.</summary>
    public async ValueTask<int> SendAsync(byte[] request)
    {
        await _tls.WriteAsync(request);
        var filled = 0;
        int headEnd;
        while ((headEnd = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0) filled += await ReadAsync(filled);
        var head = _buffer.AsMemory(0, headEnd + 2);
        var whole = headEnd + 4;
        if (ContentLength(head.Span) is { } length)
        {
            while (filled < whole + length) filled += await ReadAsync(filled);
        }
        else
        {
            // Chunked: the answers measured are one chunk or few, ended by an empty one.
            while (!_buffer.AsSpan(whole, filled - whole).EndsWith("0\r\n\r\n"u8)) filled += await ReadAsync(filled);
        }

        return (_buffer[9] - '0') * 100 + (_buffer[10] - '0') * 10 + (_buffer[11] - '0');
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tls.Dispose();
        _tcp.Dispose();
    }

    private async ValueTask<int> ReadAsync(int filled)
    {
        if (filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _tls.ReadAsync(_buffer.AsMemory(filled));
        return read > 0 ? read : throw new IOException("The server closed the connection.");
    }

    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("\r\nContent-Length: "u8);
        if (at < 0) return null;
        var digits = head[(at + 18)..];
        return int.Parse(digits[..digits.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
