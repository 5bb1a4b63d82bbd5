using System.Security.Cryptography;
using JamEmr.Ledger.Exports;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Tests.Unit.Exports;

public sealed class Sha256LanesTests
{
    [Fact]
    public void Given_messages_of_any_length_When_hashed_at_once_Then_each_hash_is_that_of_NETs_SHA256()
    {
        var random = new Random(7);
        var buffer = new byte[8192];
        random.NextBytes(buffer);
        var hashes = new Digest[Sha256Lanes.Lanes];
        for (var length = 0; length < 3000; length++)
        {
            var count = 1 + length % Sha256Lanes.Lanes;
            // The first has every length there is around the ends of blocks; the others any.
            int[] lengths = [.. Enumerable.Range(0, count).Select(i => i == 0 ? length % 400 : random.Next(3000))];
            int[] starts = [.. lengths.Select(one => random.Next(buffer.Length - one))];
            Sha256Lanes.Hash(buffer, starts, lengths, hashes);
            for (var i = 0; i < count; i++) Assert.Equal(new Digest(SHA256.HashData(buffer.AsSpan(starts[i], lengths[i]))), hashes[i]);
        }
    }
}
