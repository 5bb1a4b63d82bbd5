using System.Security.Cryptography;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Exports;

/// <summary>Hashes the records of a batch where they lie.</summary>
internal static class LeafHashes
{
    private const byte LeafPrefix = 0x00;

    /// <summary>The leaf hash of each record (RFC 9162, 2.1.1).</summary>
    public static void Of(RecordBatch batch, Span<Digest> hashes)
    {
        Span<byte> hash = stackalloc byte[Digest.Length];
        for (var i = 0; i < batch.Count; i++)
        {
            var leaf = batch.WithPrefix(i);
            leaf[0] = LeafPrefix;
            SHA256.HashData(leaf, hash);
            hashes[i] = new Digest(hash);
        }
    }
}
