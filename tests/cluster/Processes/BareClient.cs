using System.Net;
using JamEmr.Access;
using JamEmr.Engine.Clustering;
using JamEmr.Identity;
using JamEmr.Tests.Support.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>A client of the cluster with a front door's certificate and nothing else of a front door.</summary>
internal sealed class BareClient : IAsyncDisposable
{
    private readonly IHost _host;

    private BareClient(IHost host) => (_host, Grains) = (host, host.Services.GetRequiredService<IGrainFactory>());

    /// <summary>What it is made of.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Whom it may call.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Connects.</summary>
    /// <param name="only">The one silo that it is to know of; all of them where not said.</param>
    public static async Task<BareClient> ConnectAsync(TestCluster cluster, CancellationToken ct, SiloProcess? only = null)
    {
        var keys = cluster.Processes.Keys;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client =>
        {
            client.AddOrleansEngine(options =>
            {
                options.ConnectionStringFile = keys.ApiConnectionFile;
                options.Tls.CertificateFile = Path.Combine(keys.Folder, "api-api1.crt");
                options.Tls.KeyFile = Path.Combine(keys.Folder, "api-api1.key");
                options.Tls.AuthorityFile = Path.Combine(keys.Folder, "authority.crt");
            });
            if (only is not null) client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, cluster.Processes.GatewayOf(only)));
        });
        var host = builder.Build();
        await host.StartAsync(ct);
        return new BareClient(host);
    }

    /// <summary>Calls as somebody.</summary>
    public static async Task<T> AsAsync<T>(Caller caller, Func<Task<T>> call)
    {
        // Set within this method, the context ends with it.
        RequestContext.Clear();
        CallerContext.Set(caller);
        return await call();
    }

    /// <summary>Finds out whose a session is, as a front door does.</summary>
    public async Task<Caller> CallerOfAsync(string token)
    {
        Assert.True(CredentialFormat.TryParse(token, out var credential));
        var session = Grains.GetGrain<IUserSessionGrain>(credential.GrainKey);
        return (await AsAsync(Caller.Anonymous("192.0.2.7", "bare"), () => session.AuthenticateAsync(new Presented(credential.Secret)))).Caller;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
