using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Ledger.Witnessing;

namespace JamEmr.Witness;

/// <summary>
/// A witness reached by HTTP (C2SP tlog-witness). Sends checkpoints, which hold a size and a hash, and nothing else; follows no redirection;
/// waits 5 s for an answer and takes none that is long.
/// </summary>
public sealed class WitnessClient : IWitness, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    /// <summary>A witness at an address.</summary>
    /// <param name="address">The prefix of its routes: HTTPS, or plain HTTP on this machine.</param>
    /// <param name="key">The key that its co-signatures must be of.</param>
    /// <param name="trusted">Certificates that its own must lead to; null for those that this machine trusts.</param>
    /// <exception cref="ArgumentException">The address is not one to send to, or the key is not for co-signatures.</exception>
    public WitnessClient(Uri address, NoteVerifier key, X509Certificate2Collection? trusted = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(key);
        if (!WitnessHttp.IsAllowed(address)) throw new ArgumentException("A witness's address must be https://..., or http:// on this machine.", nameof(address));
        if (key.Type != NoteKeyType.EcdsaCosignature) throw new ArgumentException("A witness's key must be a co-signature key, as \"jamemr witness\" prints it.", nameof(key));
        Key = key;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = Patience,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 16,
        };
        if (trusted is not null)
        {
            var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            chain.CustomTrustStore.AddRange(trusted);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = chain };
        }

        _http = new HttpClient(handler)
        {
            BaseAddress = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/"),
            Timeout = Patience,
            MaxResponseContentBufferSize = WitnessHttp.MaxAnswerBytes,
        };
    }

    /// <inheritdoc/>
    public NoteVerifier Key { get; }

    /// <inheritdoc/>
    public async Task<WitnessAnswer> AddAsync(WitnessRequest request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(request.ToString()));
        content.Headers.ContentType = new(WitnessHttp.TextType) { CharSet = "utf-8" };
        try
        {
            using var answer = await _http.PostAsync(new Uri(WitnessHttp.AddCheckpoint, UriKind.Relative), content, ct);
            return Read(answer, await answer.Content.ReadAsStringAsync(ct));
        }
        catch (Exception e) when (IsOutOfReach(e, ct))
        {
            return new WitnessAnswer(WitnessReply.Unreachable, Why(e));
        }
    }

    /// <inheritdoc/>
    public async Task<SignedNote?> NewestAsync(string origin, CancellationToken ct)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"{WitnessHttp.OriginHash(origin)}/checkpoint", UriKind.Relative), ct);
            return answer.StatusCode == HttpStatusCode.OK ? SignedNote.Parse(await answer.Content.ReadAsByteArrayAsync(ct)) : null;
        }
        catch (Exception e) when (e is NoteException || IsOutOfReach(e, ct))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static WitnessAnswer Read(HttpResponseMessage answer, string text)
    {
        var status = (int)answer.StatusCode;
        if (answer.StatusCode == HttpStatusCode.Conflict && answer.Content.Headers.ContentType?.MediaType == WitnessHttp.SizeType)
        {
            return text.EndsWith('\n') && Checkpoint.ParseSize(text[..^1]) is { } size
                ? new WitnessAnswer(WitnessReply.HasOther) { Size = size }
                : new WitnessAnswer(WitnessReply.Unreachable, "It answered 409 and told no size.");
        }

        if (answer.StatusCode != HttpStatusCode.OK)
        {
            // What it says of the reason is not repeated: it is a stranger's text, and the log must not carry it.
            var reason = string.Create(CultureInfo.InvariantCulture, $"It answered {status}; the witness's own log says why.");
            return new WitnessAnswer(status is >= 400 and < 500 and not 408 and not 429 ? WitnessReply.Refused : WitnessReply.Unreachable, reason);
        }

        try
        {
            var lines = text.EndsWith('\n') ? text[..^1].Split('\n') : [];
            return lines.Length is > 0 and <= SignedNote.MaxSignatures
                ? new WitnessAnswer(WitnessReply.Cosigned) { Signatures = [.. lines.Select(NoteSignature.Parse)] }
                : new WitnessAnswer(WitnessReply.Unreachable, "It answered with something that is no signature.");
        }
        catch (NoteException)
        {
            return new WitnessAnswer(WitnessReply.Unreachable, "It answered with something that is no signature.");
        }
    }

    private static bool IsOutOfReach(Exception e, CancellationToken ct) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested);

    private static string Why(Exception e) => e switch
    {
        OperationCanceledException => "It did not answer within 5 s.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "Its certificate is not trusted or its TLS does not fit.",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "Its name cannot be resolved.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "Its answer is longer than a witness's answer can be.",
        _ => "It cannot be reached.",
    };
}
