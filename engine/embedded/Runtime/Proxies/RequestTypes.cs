using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace JamEmr.Engine.Runtime;

/// <summary>How a method gives its result.</summary>
internal enum RequestKind
{
    Task,
    ValueTask,
    Sequence,
}

/// <summary>Builds the class of one method's requests: the arguments as fields, and the call on the grain.</summary>
internal static class RequestTypes
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public static string FieldName(int position) => "Argument" + position.ToString(CultureInfo.InvariantCulture);

    public static RequestKind KindOf(Type returnType)
    {
        if (returnType == typeof(Task)) return RequestKind.Task;
        if (returnType == typeof(ValueTask)) return RequestKind.ValueTask;
        var definition = returnType.GetGenericTypeDefinition();
        return definition == typeof(Task<>) ? RequestKind.Task : definition == typeof(ValueTask<>) ? RequestKind.ValueTask : RequestKind.Sequence;
    }

    public static Type Build(ModuleBuilder module, string name, Type interfaceType, MethodInfo method)
    {
        var kind = KindOf(method.ReturnType);
        var baseType = BaseFor(kind, method.ReturnType);
        var type = module.DefineType(name, TypeAttributes.Sealed | TypeAttributes.NotPublic, baseType);
        type.DefineDefaultConstructor(MethodAttributes.Public);

        var parameters = method.GetParameters();
        var fields = parameters
            .Select(parameter => type.DefineField(FieldName(parameter.Position), parameter.ParameterType, FieldAttributes.Public))
            .ToArray();
        var metadata = type.DefineField("Metadata", typeof(GrainMethod), FieldAttributes.Public | FieldAttributes.Static);

        var il = Override(type, baseType, "get_Method");
        il.Emit(OpCodes.Ldsfld, metadata);
        il.Emit(OpCodes.Ret);

        il = Override(type, baseType, nameof(Request.GetArgumentCount));
        il.Emit(OpCodes.Ldc_I4, fields.Length);
        il.Emit(OpCodes.Ret);

        DefineGetArgument(Override(type, baseType, nameof(Request.GetArgument)), fields);
        DefineCall(type, baseType, kind, method, fields);

        var built = type.CreateType();
        built.GetField("Metadata")!.SetValue(null, new GrainMethod(interfaceType, method));
        return built;
    }

    private static Type BaseFor(RequestKind kind, Type returnType)
    {
        if (!returnType.IsGenericType) return typeof(CallRequest);
        var open = kind == RequestKind.Sequence ? typeof(SequenceCall<>) : typeof(CallRequest<>);
        return open.MakeGenericType(returnType.GetGenericArguments()[0]);
    }

    private static ILGenerator Override(TypeBuilder type, Type baseType, string name)
    {
        var overridden = baseType.GetMethod(name, All)!;
        var method = type.DefineMethod(
            name,
            (overridden.Attributes & MethodAttributes.MemberAccessMask) | MethodAttributes.Virtual | MethodAttributes.HideBySig,
            overridden.ReturnType,
            [.. overridden.GetParameters().Select(parameter => parameter.ParameterType)]);
        return method.GetILGenerator();
    }

    private static void DefineGetArgument(ILGenerator il, FieldBuilder[] fields)
    {
        var labels = fields.Select(_ => il.DefineLabel()).ToArray();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Switch, labels);
        il.Emit(OpCodes.Ldstr, "index");
        il.Emit(OpCodes.Newobj, typeof(ArgumentOutOfRangeException).GetConstructor([typeof(string)])!);
        il.Emit(OpCodes.Throw);
        for (var i = 0; i < fields.Length; i++)
        {
            il.MarkLabel(labels[i]);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, fields[i]);
            if (fields[i].FieldType.IsValueType) il.Emit(OpCodes.Box, fields[i].FieldType);
            il.Emit(OpCodes.Ret);
        }
    }

    /// <summary>Task and ValueTask: <c>Begin(activation, grain)</c>. Sequence: <c>Open(grain, token)</c>, whose token takes
    /// the place of the caller's.</summary>
    private static void DefineCall(TypeBuilder type, Type baseType, RequestKind kind, MethodInfo method, FieldBuilder[] fields)
    {
        var sequence = kind == RequestKind.Sequence;
        var il = Override(type, baseType, sequence ? nameof(SequenceCall<int>.Open) : nameof(Request.Begin));
        il.Emit(sequence ? OpCodes.Ldarg_1 : OpCodes.Ldarg_2);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var field in fields)
        {
            if (sequence && field.FieldType == typeof(CancellationToken))
            {
                il.Emit(OpCodes.Ldarg_2);
            }
            else
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldfld, field);
            }
        }
        il.Emit(OpCodes.Callvirt, method);
        if (kind == RequestKind.ValueTask)
        {
            var local = il.DeclareLocal(method.ReturnType);
            il.Emit(OpCodes.Stloc, local);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Call, method.ReturnType.GetMethod(nameof(ValueTask.AsTask))!);
        }
        il.Emit(OpCodes.Ret);
    }
}
