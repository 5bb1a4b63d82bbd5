using JamEmr.Engine.Postgres;
using Npgsql;

namespace JamEmr.Tests.Unit.Postgres;

public sealed class ClusterConnectionTests
{
    [Fact]
    public void Given_an_operators_connection_When_used_Then_a_commit_is_on_disk_and_statements_are_prepared()
    {
        var settings = new NpgsqlConnectionStringBuilder(ClusterConnection.Of("Host=db;Database=jamemr;Username=u;Password=p;Options=-c synchronous_commit=off;Persist Security Info=true"));
        // The last one counts.
        Assert.StartsWith("-c synchronous_commit=off -c synchronous_commit=on ", settings.Options, StringComparison.Ordinal);
        Assert.True(settings.MaxAutoPrepare > 0 && settings.NoResetOnClose && !settings.PersistSecurityInfo);
        Assert.Equal(("db", "p"), (settings.Host, settings.Password));
    }

    [Fact]
    public void Given_what_an_operator_says_of_pool_and_pooler_When_used_Then_it_stays()
    {
        var settings = new NpgsqlConnectionStringBuilder(ClusterConnection.Of("Host=db;Max Auto Prepare=0;Maximum Pool Size=7;No Reset On Close=false"));
        Assert.Equal((0, 7, false), (settings.MaxAutoPrepare, settings.MaxPoolSize, settings.NoResetOnClose));
    }

    [Theory]
    [InlineData("Host=/run/postgresql", true)]
    [InlineData("Host=127.0.0.1", true)]
    [InlineData("Host=127.0.0.1:5433", true)]
    [InlineData("Host=::1", true)]
    [InlineData("Host=[::1]:5433", true)]
    [InlineData("Host=localhost", true)]
    [InlineData("Host=localhost:5433,127.0.0.1", true)]
    [InlineData("Host=localhost.example.org", false)]
    [InlineData("Host=db", false)]
    [InlineData("Host=127.0.0.1,db", false)]
    [InlineData("Host=192.0.2.7;SSL Mode=Require", false)]
    [InlineData("Host=db;SSL Mode=VerifyCA;Root Certificate=/a", false)]
    [InlineData("Host=db;SSL Mode=VerifyFull;Root Certificate=/a", true)]
    public void Given_a_database_When_it_is_on_another_machine_Then_only_verified_TLS_leads_there(string connection, bool isTaken)
    {
        var why = ClusterConnection.WhyNot(connection);
        Assert.Equal(isTaken, why is null);
        if (!isTaken) Assert.Contains("SSL Mode=VerifyFull", why, StringComparison.Ordinal);
    }
}
