using System.Globalization;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using JamEmr.Tokens;

namespace JamEmr.Tests.Grains.Tokens;

public sealed class NetworkTests
{
    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("192.0.2.7/32", "192.0.2.7/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8::/32", "2001:db8::/32")]
    [InlineData("2001:0db8:0000:0000:0000:0000:0000:0001/128", "2001:db8::1/128")]
    [InlineData("::/0", "::/0")]
    public void Given_a_network_When_read_Then_it_has_one_spelling(string text, string spelling)
    {
        Assert.True(Network.TryParse(text, out var network));
        Assert.Equal(spelling, network.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("192.0.2.0")]
    [InlineData("192.0.2.0/")]
    [InlineData("/24")]
    [InlineData("192.0.2.1/24")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/-1")]
    [InlineData("192.0.2.0/024")]
    [InlineData("192.0.2.0/+24")]
    [InlineData("192.0.2.0/24 ")]
    [InlineData(" 192.0.2.0/24")]
    [InlineData("192.0.2.0/24/24")]
    [InlineData("192.0.2/24")]
    [InlineData("192.0.2.0.0/24")]
    [InlineData("192.0.02.0/24")]
    [InlineData("0xc0.0.2.0/24")]
    [InlineData("192.0.2.256/32")]
    [InlineData("3221225984/24")]
    [InlineData("2001:db8::1/32")]
    [InlineData("2001:db8::/129")]
    [InlineData("[2001:db8::]/32")]
    [InlineData("fe80::%1/64")]
    [InlineData("::ffff:192.0.2.0/120")]
    [InlineData("2001:db8:::/32")]
    [InlineData("\u0661\u0669\u0662.0.2.0/24")]
    [InlineData("192.0.2.0/2\u0664")]
    [InlineData("localhost/8")]
    public void Given_anything_else_When_read_Then_it_is_refused(string text) => Assert.False(Network.TryParse(text, out _));

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "::ffff:192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "192.0.3.0", false)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "127.0.0.1", false)]
    [InlineData("fe80::/10", "fe80::1%3", true)]
    [InlineData("0.0.0.0/0", "unknown", false)]
    [InlineData("0.0.0.0/0", "", false)]
    public void Given_an_address_When_asked_Then_only_its_own_network_has_it(string text, string address, bool isWithin)
    {
        Assert.True(Network.TryParse(text, out var network));
        Assert.Equal(isWithin, network.Contains(address));
    }

    [Fact]
    public void Given_any_address_and_prefix_When_read_Then_it_is_what_the_platform_says() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Texts(), text =>
        {
            // The platform cuts off what is behind the prefix; here it is refused.
            var isOne = IPNetwork.TryParse(text, out var theirs) && theirs.BaseAddress.Equals(IPAddress.Parse(text.Split('/')[0]));
            return Network.TryParse(text, out var network) == isOne && (!isOne || string.Equals(network.ToString(), theirs.ToString(), StringComparison.Ordinal));
        }));

    [Fact]
    public void Given_any_network_and_address_When_asked_Then_it_is_what_the_platform_says() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Networks(), Addresses(), (network, other) =>
        {
            // Most addresses are far from most networks: also one that differs in a few of the last bits.
            var near = Flip(network.BaseAddress, other.GetAddressBytes()[0] % (network.BaseAddress.GetAddressBytes().Length * 8));
            return Network.TryParse(network.ToString(), out var ours)
                && ours.Contains(other.ToString()) == network.Contains(other)
                && ours.Contains(near.ToString()) == network.Contains(near);
        }));

    [Fact]
    public void Given_any_two_networks_When_one_contains_the_other_Then_every_address_of_it_is_in_both() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Networks(), Networks(), (outer, inner) =>
        {
            Assert.True(Network.TryParse(outer.ToString(), out var a));
            Assert.True(Network.TryParse(inner.ToString(), out var b));
            var expected = inner.PrefixLength >= outer.PrefixLength && outer.Contains(inner.BaseAddress);
            var half = new IPNetwork(outer.BaseAddress, Math.Min(outer.PrefixLength + 1, outer.BaseAddress.GetAddressBytes().Length * 8));
            return a.Contains(b) == expected && Network.TryParse(half.ToString(), out var within) && a.Contains(within)
                && within.Contains(a) == (half.PrefixLength == outer.PrefixLength);
        }));

    private static Gen<byte[]> Bytes() => Gen.OneOf(
        ArbMap.Default.GeneratorFor<byte>().ArrayOf(4), ArbMap.Default.GeneratorFor<byte>().ArrayOf(16),
        // Near to each other, so that some contain others.
        Gen.Elements<byte>(0, 128, 192, 255).ArrayOf(4), Gen.Elements<byte>(0, 128, 255).ArrayOf(16));

    private static Arbitrary<IPAddress> Addresses() => Bytes().Select(bytes => new IPAddress(bytes)).Where(ip => !ip.IsIPv4MappedToIPv6).ToArbitrary();

    private static Arbitrary<IPNetwork> Networks() => Bytes().SelectMany(bytes => Gen.Choose(0, bytes.Length * 8).Select(length => Make(bytes, length)))
        .Where(network => !network.BaseAddress.IsIPv4MappedToIPv6).ToArbitrary();

    // Also with bits behind the prefix, and prefixes that are too long.
    private static Arbitrary<string> Texts() => Bytes().SelectMany(bytes => Gen.Choose(0, (bytes.Length * 8) + 3).SelectMany(length => Gen.Elements(true, false).Select(isExact =>
        string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(isExact ? Make(bytes, Math.Min(length, bytes.Length * 8)).BaseAddress.GetAddressBytes() : bytes)}/{length}"))))
        .Where(text => !text.StartsWith("::ffff:", StringComparison.Ordinal)).ToArbitrary();

    private static IPNetwork Make(byte[] bytes, int length)
    {
        var cut = bytes.ToArray();
        for (var bit = length; bit < cut.Length * 8; bit++) cut[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(cut), length);
    }

    private static IPAddress Flip(IPAddress address, int bit)
    {
        var bytes = address.GetAddressBytes();
        bytes[bit / 8] ^= (byte)(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }
}
