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
}
