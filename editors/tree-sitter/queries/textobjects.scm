; Helix: ]f goes to the next function, mif selects what is in it.

(component body: (block) @function.inside) @function.around
(component) @function.around
(func body: (_) @function.inside) @function.around
(graph body: (graph_body) @class.inside) @class.around
(type fields: (fields) @class.inside) @class.around
(test body: (steps) @test.inside) @test.around
(field) @parameter.inside
(argument) @parameter.inside
(comment) @comment.inside
(comment)+ @comment.around
