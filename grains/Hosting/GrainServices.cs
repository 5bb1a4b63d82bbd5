using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Identity;
using JamEmr.Ledger;
using JamEmr.Scribe.Drafting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamEmr.Hosting;

/// <summary>What a host registers so that grains can run in it, whichever engine runs them.</summary>
public static class GrainServices
{
    /// <summary>Adds everything grains ask for but the engine, and checks that no grain method is without an access rule.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">Keys and costs.</param>
    /// <param name="ledger">The open ledger; closed with the host.</param>
    /// <exception cref="InvalidOperationException">A grain method has no access rule.</exception>
    public static IServiceCollection AddJamEmrGrains(this IServiceCollection services, GrainsOptions options, ILedgerStore ledger)
    {
        options.Validate();
        GrainContractCheck.Verify(typeof(Caller).Assembly, typeof(GrainServices).Assembly);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PolicyTable>();
        services.AddSingleton<AuditGate>();
        services.AddSingleton(new KeyedHash(options.SecretKey.Span));
        services.AddSingleton<Cursors>();
        services.AddSingleton(new Passwords(options.PasswordIterations));
        services.AddSingleton<IGrainStorageSerializer, StateSerializer>();
        services.AddSingleton<IIncomingGrainCallFilter, AccessFilter>();
        services.AddSingleton(_ => ledger);
        services.TryAddSingleton<INoteDrafter, ExtractiveDrafter>();
        return services;
    }
}
