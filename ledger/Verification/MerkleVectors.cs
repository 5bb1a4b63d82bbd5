using System.Text.Json;
using JamEmr.Ledger.Merkle;

namespace JamEmr.Ledger.Verification;

/// <summary>A test vector's result.</summary>
/// <param name="File">The file, below the folder given.</param>
/// <param name="Passed">The check said what the vector wants.</param>
/// <param name="Problem">Why not.</param>
public sealed record VectorResult(string File, bool Passed, string? Problem);

/// <summary>
/// Runs the proof vectors of transparency-dev/merkle (JSON: sizes or leaf index, roots, proof, <c>wantErr</c>). Hashes in them are base64
/// and may have any length; numbers may be any unsigned 64-bit number.
/// </summary>
public static class MerkleVectors
{
    /// <summary>Runs every <c>.json</c> below a folder, in the order of their names.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<VectorResult> Run(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => RunFile(Path.GetRelativePath(folder, file), File.ReadAllBytes(file)))];
    }

    private static VectorResult RunFile(string name, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var vector = document.RootElement;
            var refused = !Verify(vector);
            var wanted = vector.GetProperty("wantErr").GetBoolean();
            if (refused == wanted) return new VectorResult(name, true, null);
            return new VectorResult(name, false, wanted ? "accepted, and it is wrong" : "refused, and it is right");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new VectorResult(name, false, $"not a vector: {e.Message}");
        }
    }

    private static bool Verify(JsonElement vector)
    {
        var proof = vector.GetProperty("proof");
        List<byte[]> hashes = proof.ValueKind == JsonValueKind.Null ? [] : [.. proof.EnumerateArray().Select(hash => hash.GetBytesFromBase64())];
        return vector.TryGetProperty("leafIdx", out var index)
            ? Proofs.VerifyInclusion(Number(index), Number(vector.GetProperty("treeSize")), Hash("leafHash"), hashes, Hash("root"))
            : Proofs.VerifyConsistency(
                Number(vector.GetProperty("size1")), Number(vector.GetProperty("size2")), Hash("root1"), Hash("root2"), hashes);

        byte[] Hash(string name) => vector.GetProperty(name).GetBytesFromBase64();
    }

    // What is beyond a signed number is negative here, and refused like any other index that no tree has.
    private static long Number(JsonElement number) => unchecked((long)number.GetUInt64());
}
