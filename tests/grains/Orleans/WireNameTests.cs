using JamEmr.Tests.Grains.Contracts;

namespace JamEmr.Tests.Grains.Clustering;

/// <summary>The names in the checked-in contract are those under which Orleans knows interfaces and grains.</summary>
public sealed class WireNameTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    [Fact]
    public void Given_every_grain_interface_When_a_grain_is_referred_to_Then_Orleans_names_it_as_the_contract_does()
    {
        var blocks = WireContract.Blocks().ToDictionary(block => block.Heading, StringComparer.Ordinal);
        foreach (var type in WireContract.Interfaces)
        {
            var reference = Assert.IsType<GrainReference>(fixture.Host.Grains.GetGrain(type, "system/any"), exactMatch: false);
            Assert.Equal(WireContract.HeadingOf(type), $"interface {reference.InterfaceType}");
            Assert.Equal(blocks[WireContract.HeadingOf(type)].Facts.First(fact => fact.StartsWith("grain ", StringComparison.Ordinal)), $"grain {reference.GrainId.Type}");
        }
    }
}
