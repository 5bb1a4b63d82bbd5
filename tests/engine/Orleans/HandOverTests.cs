using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using JamEmr.Engine.Clustering;
using JamEmr.Engine.Clustering.Directory;
using JamEmr.Engine.Clustering.Membership;
using JamEmr.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime.GrainDirectory;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>A silo that stops in order stays until what it passed on is answered, and nobody remembers grains on it.</summary>
public sealed class HandOverTests
{
    private static readonly SiloAddress Own = SiloAddress.New(IPAddress.Loopback, 11111, 1);
    private static readonly SiloAddress Other = SiloAddress.New(IPAddress.Loopback, 11112, 1);
    private static readonly GrainAddress Address = new() { SiloAddress = Other, GrainId = GrainId.Create("chart", "1"), ActivationId = ActivationId.NewId() };

    private readonly ManualTimeProvider _clock = new();
    private readonly OrleansEngineOptions _options = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_another_silo_When_this_one_has_ended_its_activations_Then_it_stays_as_long_as_an_answer_is_waited_for()
    {
        var left = Of(Other).WaitAsync(Ct);
        _clock.Advance(_options.ResponseTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(left.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await left;
    }

    [Fact]
    public async Task Given_nobody_else_or_no_time_left_When_it_stops_Then_it_waits_for_nothing()
    {
        await Of(Own).WaitAsync(Ct);
        await Of().WaitAsync(Ct);
        await Of(Other).WaitAsync(new CancellationToken(canceled: true));
        _options.HandOver = TimeSpan.Zero;
        await Of(Other).WaitAsync(Ct);
    }

    [Theory]
    [InlineData(SiloStatus.None, true)]
    [InlineData(SiloStatus.Joining, true)]
    [InlineData(SiloStatus.Active, true)]
    [InlineData(SiloStatus.ShuttingDown, false)]
    [InlineData(SiloStatus.Stopping, false)]
    [InlineData(SiloStatus.Dead, false)]
    public void Given_a_grain_that_was_remembered_on_a_silo_When_looked_up_Then_only_while_that_silo_stays(SiloStatus status, bool isFound)
    {
        var inner = new Remembered();
        var members = ImmutableDictionary<SiloAddress, ClusterMember>.Empty;
        if (status is not SiloStatus.None) members = members.Add(Other, new ClusterMember(Other, status, "other"));
        var snapshot = new ClusterMembershipSnapshot(members, new MembershipVersion(1));
        var cache = new LeavingSilosCache(
            inner, Fake.Of<IClusterMembershipService>((method, _) => method is "get_CurrentSnapshot" ? snapshot : throw new NotSupportedException(method)));
        cache.AddOrUpdate(Address, 1);
        Assert.Equal(isFound, cache.LookUp(Address.GrainId, out _, out _));
        Assert.Equal(isFound, inner.LookUp(Address.GrainId, out _, out _));
    }

    private HandOver Of(params SiloAddress[] active) => new(
        _options,
        Fake.Of<ISiloStatusOracle>((method, _) => method switch
        {
            "get_SiloAddress" => Own,
            "GetActiveSilos" => active,
            _ => throw new NotSupportedException(method),
        }),
        NullLogger<HandOver>.Instance)
    { Clock = _clock };

    // As Orleans' own, of one entry.
    private sealed class Remembered : IGrainDirectoryCache
    {
        private GrainAddress? _address;

        public IEnumerable<(GrainAddress ActivationAddress, int Version)> KeyValues => _address is { } address ? [(address, 1)] : [];

        public void AddOrUpdate(GrainAddress value, int version) => _address = value;

        public bool Remove(GrainId key) => Remove(_address);

        public bool Remove(GrainAddress? key)
        {
            var had = _address is not null && _address.Equals(key);
            if (had) _address = null;
            return had;
        }

        public void Clear() => _address = null;

        public bool LookUp(GrainId key, [NotNullWhen(true)] out GrainAddress? result, out int version)
        {
            (result, version) = (_address, 1);
            return _address is not null;
        }
    }
}
