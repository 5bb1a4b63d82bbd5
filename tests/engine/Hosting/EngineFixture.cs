namespace JamEmr.Tests.Engine.Hosting;

/// <summary>One engine for all tests of a class that neither move time nor restart it.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    private EngineHost? _host;

    /// <summary>The running engine. A test that asks for an engine that cannot run here is skipped; a fixture cannot be.</summary>
    public EngineHost Host
    {
        get
        {
            if (SelectedEngine.WhyNot() is { } reason) Assert.Skip(reason);
            return _host ?? throw new InvalidOperationException("The engine has not started.");
        }
    }

    /// <summary>Makes calls from outside any grain.</summary>
    public IGrainFactory Grains => Host.Grains;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (SelectedEngine.WhyNot() is null) _host = await EngineHost.StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }
}
