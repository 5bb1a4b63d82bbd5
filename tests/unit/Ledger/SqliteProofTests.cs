using JamEmr.Ledger.Merkle;

namespace JamEmr.Tests.Unit.Ledger;

/// <summary>Proofs that take the right edge from the head rather than from tiles.</summary>
public sealed class SqliteProofTests
{
    [Fact]
    public void Given_the_right_edge_of_a_tree_When_a_proof_is_made_with_it_Then_it_is_the_same_and_needs_no_more_tiles()
    {
        var leaves = Enumerable.Range(0, 700).Select(i => MerkleTree.LeafHash(BitConverter.GetBytes(i))).ToArray();
        var tiles = new Dictionary<TileId, Digest[]>();
        var builder = new TileBuilder(0, _ => []);
        var range = new CompactRange();
        var spared = 0;
        for (var size = 1; size <= leaves.Length; size++)
        {
            range.Append(leaves[size - 1]);
            builder.Append(leaves[size - 1], tile => tiles[tile.Id] = [.. tile.Hashes]);
            foreach (var tile in builder.TakePartial()) tiles[tile.Id] = [.. tile.Hashes];
            ProofPlan[] plans =
            [
                ProofPlan.Root(size), ProofPlan.Inclusion(size * 5 / 7, size), ProofPlan.Inclusion(size - 1, size),
                ProofPlan.Inclusion(size / 3, size / 3 + 1), ProofPlan.Consistency((size + 1) / 2, size), ProofPlan.Consistency(1, size),
            ];
            foreach (var plan in plans)
            {
                var (needed, all) = (plan.TilesNeeded(range), plan.TilesNeeded());
                Assert.Subset(all.ToHashSet(), needed.ToHashSet());
                spared += all.Count - needed.Count;
                Assert.Equal(plan.Resolve(id => tiles[id]), plan.Resolve(id => needed.Contains(id) ? tiles[id] : throw new InvalidOperationException(), range));
            }
        }

        Assert.True(spared > 1000, $"{spared} tiles were spared");
    }
}
