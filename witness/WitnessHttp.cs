using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace JamEmr.Witness;

/// <summary>What client and server of tlog-witness agree on.</summary>
internal static class WitnessHttp
{
    public const string AddCheckpoint = "add-checkpoint";

    /// <summary>The content type of a size that a witness has instead.</summary>
    public const string SizeType = "text/x.tlog.size";

    public const string TextType = "text/plain";

    /// <summary>The longest answer taken, in bytes: the signatures of a note, or a whole note.</summary>
    public const int MaxAnswerBytes = Ledger.Checkpoints.SignedNote.MaxBytes;

    /// <summary>The name of a log in an address: the SHA-256 of its origin.</summary>
    public static string OriginHash(string origin) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));

    /// <summary>Whether a checkpoint may go to an address: by HTTPS to anywhere, by plain HTTP within this machine only.</summary>
    public static bool IsAllowed(Uri address) =>
        address.IsAbsoluteUri && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && IsLoopback(address)));

    private static bool IsLoopback(Uri address) =>
        IPAddress.TryParse(address.IdnHost.Trim('[', ']'), out var ip) ? IPAddress.IsLoopback(ip) : string.Equals(address.IdnHost, "localhost", StringComparison.OrdinalIgnoreCase);
}
