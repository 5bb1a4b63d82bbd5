namespace JamEmr.Tests.Cluster.InProcess;

/// <summary>Three silos for all tests of a class, none of which moves time or ends one.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private GrainHost? _host;

    /// <summary>The running cluster. A test that asks for one where there can be none is skipped; a fixture cannot be.</summary>
    public GrainHost Host
    {
        get
        {
            if (Support.ClusterDatabase.WhyNot() is { } reason) Assert.Skip(reason);
            return _host ?? throw new InvalidOperationException("The cluster has not started.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Support.ClusterDatabase.WhyNot() is null) _host = await GrainHost.StartAsync(silos: 3);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }
}
