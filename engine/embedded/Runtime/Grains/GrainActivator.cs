using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace JamEmr.Engine.Runtime;

/// <summary>Builds the objects of one grain class: its persistent states, its services, then itself.</summary>
internal sealed class GrainActivator
{
    private delegate object? Argument(Activation activation, List<IStorage> states);

    private readonly ConstructorInvoker _constructor;
    private readonly Argument[] _arguments;

    private GrainActivator(ConstructorInfo constructor, Argument[] arguments, bool needsScope)
    {
        _constructor = ConstructorInvoker.Create(constructor);
        _arguments = arguments;
        NeedsScope = needsScope;
    }

    /// <summary>Whether a service it takes is scoped: only then an activation has a scope of its own.</summary>
    public bool NeedsScope { get; }

    /// <summary>Plans the construction; null, with what to do about it, when the class cannot be built.</summary>
    public static GrainActivator? TryCreate(Type type, ServiceLifetimes lifetimes, out string? problem)
    {
        problem = null;
        if (type.GetConstructors() is not [var constructor])
        {
            problem = $"{type.Name} must have exactly one public constructor.";
            return null;
        }
        var parameters = constructor.GetParameters();
        var arguments = new Argument[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = parameters[i];
            if (parameter.GetCustomAttribute<PersistentStateAttribute>() is not { } attribute)
            {
                arguments[i] = ServiceArgument(parameter);
            }
            else if (parameter.ParameterType is { IsGenericType: true } asked && asked.GetGenericTypeDefinition() == typeof(IPersistentState<>))
            {
                var stateType = asked.GetGenericArguments()[0];
                if (!stateType.IsValueType && stateType.GetConstructor(Type.EmptyTypes) is null)
                {
                    problem = $"{stateType.Name} is a state of {type.Name} and must have a public constructor without parameters, for when nothing is stored yet.";
                    return null;
                }
                var stateName = attribute.StateName.Length > 0 ? attribute.StateName : parameter.Name!;
                var factory = PersistentStateFactory.For(stateType);
                arguments[i] = (activation, states) =>
                {
                    var state = factory.Create(activation, stateName);
                    states.Add(state);
                    return state;
                };
            }
            else
            {
                problem = $"{type.Name}: the parameter '{parameter.Name}' with [PersistentState] must be an IPersistentState<T>.";
                return null;
            }
        }
        var needsScope = parameters.Any(parameter => !parameter.IsDefined(typeof(PersistentStateAttribute)) && lifetimes.MayBeScoped(parameter.ParameterType));
        return new GrainActivator(constructor, arguments, needsScope);
    }

    /// <summary>Builds the grain object. The states it got are to be read before it is used.</summary>
    public object Create(Activation activation, out IReadOnlyList<IStorage> states)
    {
        List<IStorage> created = [];
        states = created;
        var values = new object?[_arguments.Length];
        for (var i = 0; i < values.Length; i++) values[i] = _arguments[i](activation, created);
        GrainRuntime.Constructing = activation;
        try
        {
            return _constructor.Invoke(values.AsSpan());
        }
        finally
        {
            GrainRuntime.Constructing = null;
        }
    }

    private static Argument ServiceArgument(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
            return (activation, _) => activation.Services.GetRequiredKeyedService(type, keyed.Key);
        if (parameter.HasDefaultValue)
            return (activation, _) => activation.Services.GetService(type) ?? parameter.DefaultValue;
        return (activation, _) => activation.Services.GetRequiredService(type);
    }
}

/// <summary>What was registered with which lifetime, to know which grains need a scope.</summary>
internal sealed class ServiceLifetimes(IServiceCollection services)
{
    private readonly Dictionary<Type, bool> _allSingletons = services
        .Where(service => !service.IsKeyedService)
        .GroupBy(service => service.ServiceType)
        .ToDictionary(group => group.Key, group => group.All(service => service.Lifetime == ServiceLifetime.Singleton));

    /// <summary>False only for what is known to be a singleton: a transient service may take a scoped one.</summary>
    public bool MayBeScoped(Type service)
    {
        if (_allSingletons.TryGetValue(service, out var singleton)) return !singleton;
        if (service is { IsGenericType: true } && _allSingletons.TryGetValue(service.GetGenericTypeDefinition(), out singleton)) return !singleton;
        return service != typeof(IServiceProvider);
    }
}
