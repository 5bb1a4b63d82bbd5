using FsCheck;
using FsCheck.Fluent;
using JamEmr.Ledger.Merkle;
using JamEmr.Ledger.Verification;

namespace JamEmr.Tests.Unit.Ledger;

public sealed class MerkleTests
{
    private static readonly byte[][] Leaves = [.. Enumerable.Range(0, 1200).Select(i => BitConverter.GetBytes(i * 2_654_435_761L))];

    [Fact]
    public void Given_the_public_proof_vectors_When_checked_Then_every_one_agrees()
    {
        var folder = FindVectors();
        Assert.SkipWhen(folder is null, "There is no folder shared/data/merkle-vectors beside the repository.");
        var results = MerkleVectors.Run(folder!);
        Assert.NotEmpty(results);
        Assert.DoesNotContain(results, result => !result.Passed);
    }

    [Fact]
    public void Given_no_leaves_When_the_root_is_asked_Then_it_is_the_hash_of_nothing() =>
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", new CompactRange().Root().ToString());

    [Fact]
    public void Given_any_number_of_leaves_When_appended_Then_the_root_is_that_of_the_definition() =>
        Holds(Prop.ForAll(Sizes(), size =>
        {
            var range = new CompactRange();
            foreach (var leaf in Leaves.Take(size)) range.Append(MerkleTree.LeafHash(leaf));
            return range.Root() == Naive(Leaves.AsSpan(0, size)) && CompactRange.FromBytes(size, range.ToBytes()).Root() == range.Root();
        }));

    [Fact]
    public void Given_any_tree_and_leaf_When_proven_Then_the_proof_holds_and_every_altered_one_fails() =>
        Holds(Prop.ForAll(Pairs(), pair =>
        {
            var (index, size) = (Math.Min(pair.A, pair.B), Math.Max(pair.A, pair.B) + 1);
            var tiles = Tile(size);
            var root = Naive(Leaves.AsSpan(0, size));
            var proof = ProofPlan.Inclusion(index, size).Resolve(id => tiles[id]).Select(hash => hash.ToArray()).ToList();
            var leaf = MerkleTree.LeafHash(Leaves[index]).ToArray();
            bool Valid(long i, long n, byte[] l, List<byte[]> p, byte[] r) => Proofs.VerifyInclusion(i, n, l, p, r);
            return Valid(index, size, leaf, proof, root.ToArray())
                && !Valid(index + 1, size, leaf, proof, root.ToArray())
                && !Valid(index - 1, size, leaf, proof, root.ToArray())
                && !Valid(index, size, Flip(leaf, pair.C), proof, root.ToArray())
                && !Valid(index, size, leaf, proof, Flip(root.ToArray(), pair.C))
                && !Valid(index, size, leaf, [.. proof, leaf], root.ToArray())
                && Altered(proof, pair.C).All(altered => !Valid(index, size, leaf, altered, root.ToArray()));
        }));

    [Fact]
    public void Given_any_two_sizes_of_a_tree_When_proven_consistent_Then_the_proof_holds_and_every_altered_one_fails() =>
        Holds(Prop.ForAll(Pairs(), pair =>
        {
            var (size1, size2) = (Math.Min(pair.A, pair.B) + 1, Math.Max(pair.A, pair.B) + 1);
            var tiles = Tile(size2);
            var (root1, root2) = (Naive(Leaves.AsSpan(0, size1)).ToArray(), Naive(Leaves.AsSpan(0, size2)).ToArray());
            var proof = ProofPlan.Consistency(size1, size2).Resolve(id => tiles[id]).Select(hash => hash.ToArray()).ToList();
            bool Valid(byte[] r1, byte[] r2, List<byte[]> p) => Proofs.VerifyConsistency(size1, size2, r1, r2, p);
            return Valid(root1, root2, proof)
                && !Valid(Flip(root1, pair.C), root2, proof)
                && !Valid(root1, Flip(root2, pair.C), proof)
                && !Valid(root1, root2, [.. proof, root1])
                && (size1 == size2 || !Proofs.VerifyConsistency(size2, size1, root2, root1, proof))
                && Altered(proof, pair.C).All(altered => !Valid(root1, root2, altered));
        }));

    [Fact]
    public void Given_any_size_When_the_root_is_made_from_tiles_Then_it_is_that_of_the_definition() =>
        Holds(Prop.ForAll(Pairs(), pair =>
        {
            var (old, size) = (Math.Min(pair.A, pair.B) + 1, Math.Max(pair.A, pair.B) + 1);
            var tiles = Tile(size);
            return ProofPlan.Root(old).Resolve(id => tiles[id]).Single() == Naive(Leaves.AsSpan(0, old));
        }));

    [Fact]
    public void Given_a_hundred_million_leaves_When_proofs_are_planned_Then_they_need_few_tiles()
    {
        const long size = 100_000_000;
        Assert.InRange(ProofPlan.Inclusion(54_321_987, size).TilesNeeded().Count, 1, 8);
        Assert.InRange(ProofPlan.Consistency(54_321_987, size).TilesNeeded().Count, 1, 8);
    }

    [Fact]
    public void Given_a_builder_continued_at_any_size_When_leaves_are_added_Then_the_tiles_are_those_of_one_that_never_stopped() =>
        Holds(Prop.ForAll(Pairs(), pair =>
        {
            var (stop, size) = (Math.Min(pair.A, pair.B), Math.Max(pair.A, pair.B));
            var tiles = Tile(stop);
            var builder = new TileBuilder(stop, id => tiles[id]);
            foreach (var leaf in Leaves.Skip(stop).Take(size - stop)) builder.Append(MerkleTree.LeafHash(leaf), tile => tiles[tile.Id] = [.. tile.Hashes]);
            foreach (var tile in builder.TakePartial()) tiles[tile.Id] = [.. tile.Hashes];
            var whole = Tile(size);
            return tiles.Count == whole.Count && whole.All(tile => tiles[tile.Key].SequenceEqual(tile.Value)
                && tile.Value.Length == Tiles.WidthIn(tile.Key, size));
        }));

    private static void Holds(Property property) => Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true), property);

    private static Arbitrary<int> Sizes() => Gen.Choose(0, Leaves.Length).ToArbitrary();

    private static Arbitrary<Case> Pairs() =>
        (from a in Gen.Choose(0, Leaves.Length - 1)
         from b in Gen.Frequency((3, Gen.Choose(0, Leaves.Length - 1)), (1, Gen.Choose(Math.Max(0, a - 3), Math.Min(Leaves.Length - 1, a + 3))))
         from c in Gen.Choose(0, 255)
         select new Case(a, b, c)).ToArbitrary();

    /// <summary>RFC 9162, 2.1.1, word for word.</summary>
    private static Digest Naive(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 0) return MerkleTree.EmptyRoot;
        if (leaves.Length == 1) return MerkleTree.LeafHash(leaves[0]);
        var k = 1;
        while (2 * k < leaves.Length) k *= 2;
        return MerkleTree.NodeHash(Naive(leaves[..k]), Naive(leaves[k..]));
    }

    private static Dictionary<TileId, Digest[]> Tile(int size)
    {
        var tiles = new Dictionary<TileId, Digest[]>();
        var builder = new TileBuilder(0, _ => []);
        foreach (var leaf in Leaves.Take(size)) builder.Append(MerkleTree.LeafHash(leaf), tile => tiles[tile.Id] = [.. tile.Hashes]);
        foreach (var tile in builder.TakePartial()) tiles[tile.Id] = [.. tile.Hashes];
        return tiles;
    }

    private static IEnumerable<List<byte[]>> Altered(List<byte[]> proof, int bit)
    {
        for (var i = 0; i < proof.Count; i++)
        {
            yield return [.. proof.Select((hash, j) => i == j ? Flip(hash, bit) : hash)];
            yield return [.. proof.Where((_, j) => i != j)];
            yield return [.. proof.Take(i), new byte[31], .. proof.Skip(i + 1)];
            if (i > 0) yield return [.. proof.Take(i - 1), proof[i], proof[i - 1], .. proof.Skip(i + 1)];
        }
    }

    private static byte[] Flip(byte[] hash, int bit)
    {
        var flipped = hash.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static string? FindVectors()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var vectors = Path.Combine(folder.FullName, "shared", "data", "merkle-vectors");
            if (Directory.Exists(vectors)) return vectors;
        }

        return null;
    }

    private sealed record Case(int A, int B, int C);
}
