using JamEmr.Engine.Clustering;

namespace JamEmr.Tests.Engine.Clustering.Security;

/// <summary>Settings that would lose something are refused.</summary>
public sealed class EngineOptionsTests
{
    [Theory]
    [InlineData("Host=db", false)]
    [InlineData("Host=db;SSL Mode=Require", false)]
    [InlineData("Host=db;SSL Mode=VerifyFull", true)]
    [InlineData("Host=127.0.0.1", true)]
    public void Given_a_database_on_another_machine_When_TLS_does_not_verify_it_Then_it_is_refused(string connection, bool isTaken) =>
        Assert.Equal(isTaken, Check(new OrleansEngineOptions { ConnectionString = connection, AdvertisedAddress = "127.0.0.1" }));

    [Theory]
    [InlineData(1000, 3, true)]
    [InlineData(600, 2, true)]
    [InlineData(500, 2, false)]
    [InlineData(100, 3, false)]
    public void Given_a_silo_that_would_be_given_up_while_it_still_answers_When_checked_Then_it_is_refused(int milliseconds, int missed, bool isTaken) =>
        Assert.Equal(isTaken, Check(new OrleansEngineOptions
        {
            ConnectionString = "Host=127.0.0.1",
            AdvertisedAddress = "127.0.0.1",
            ProbeTimeout = TimeSpan.FromMilliseconds(milliseconds),
            MissedProbes = missed,
        }));

    private static bool Check(OrleansEngineOptions options) => new OrleansEngineOptionsValidator(isSilo: true).Validate(null, options).Succeeded;
}
