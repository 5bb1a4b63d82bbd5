using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Identity;
using JamEmr.Ledger;
using JamEmr.Ledger.Checkpoints;
using JamEmr.Operations;
using JamEmr.Patients;
using JamEmr.Scribe.Drafting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamEmr.Hosting;

/// <summary>What a host registers so that grains can run in it, whichever engine runs them.</summary>
public static class GrainServices
{
    /// <summary>Adds everything grains ask for but the engine, and checks that no grain method is without an access rule and that the policy breaks no
    /// invariant.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">Keys and costs; asked for once, when the first grain needs them, since the key may come from a store that opens with the host.</param>
    /// <param name="ledger">Opens the ledger when the first record arrives; closed with the host.</param>
    /// <exception cref="InvalidOperationException">A grain method has no access rule, or the policy breaks an invariant.</exception>
    public static IServiceCollection AddJamEmrGrains(this IServiceCollection services, Func<IServiceProvider, GrainsOptions> options, Func<IServiceProvider, ILedgerStore> ledger)
    {
        GrainContractCheck.Verify(typeof(Caller).Assembly, typeof(GrainServices).Assembly);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(PolicyInvariants.Verified);
        services.TryAddSingleton<AuditWatchOptions>();
        services.AddSingleton<AuditGateState>();
        services.AddSingleton<AuditBacklog>();
        services.AddSingleton<BoundedWrites>();
        services.AddSingleton<LedgerIntake>();
        services.AddSingleton<AuditGate>();
        services.AddSingleton(provider =>
        {
            var given = options(provider);
            given.Validate();
            return given;
        });
        services.AddSingleton(provider => new KeyedHash(provider.GetRequiredService<GrainsOptions>().SecretKey.Span));
        services.AddSingleton<ChartAccess>();
        services.AddSingleton(provider => new SecretBox(provider.GetRequiredService<GrainsOptions>().SecretKey.Span));
        services.AddSingleton<Cursors>();
        services.AddSingleton(provider => new Passwords(provider.GetRequiredService<GrainsOptions>().PasswordIterations));
        services.AddSingleton<Passkeys>();
        services.AddSingleton<IGrainStorageSerializer, StateSerializer>();
        services.AddSingleton<IIncomingGrainCallFilter, AccessFilter>();
        services.AddSingleton(ledger);
        services.AddSingleton<LedgerAlarm>();
        services.TryAddSingleton<INoteDrafter, ExtractiveDrafter>();
        return services;
    }

    /// <summary>Adds what watches the log and records that the service starts and stops. Call it after the engine is added, so that it starts
    /// after the engine, and before the front door opens.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="facts">What runs here; asked for when the host starts.</param>
    public static IServiceCollection AddAuditWatch(this IServiceCollection services, Func<IServiceProvider, ServiceFacts> facts)
    {
        services.AddSingleton(facts);
        services.AddSingleton<AuditWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditWatch>());
        services.AddHostedService<ServiceLife>();
        return services;
    }
}
